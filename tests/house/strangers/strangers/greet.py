"""Greet whoever comes by."""

import argparse


def main(argv):
    parser = argparse.ArgumentParser("nam-kernel greet", description=__doc__)
    parser.add_argument("name")
    print(f"Welcome, {parser.parse_args(argv).name}.")
    return 0
