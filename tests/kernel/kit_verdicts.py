"""Which laws a subject breaks."""

from unittest import SkipTest


def broken(laws, subject):
    """Give the names of the laws that do not hold for what ``subject()`` makes."""
    sentences = {}
    for law in laws:
        try:
            law(subject())
        except SkipTest:
            pass
        except AssertionError as error:
            sentences[law.__name__] = str(error)
    assert all(len(sentence) > 30 for sentence in sentences.values()), "a sentence says what to do"
    return set(sentences)
