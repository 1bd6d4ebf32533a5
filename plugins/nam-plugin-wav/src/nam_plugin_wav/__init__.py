"""
Pairs of audio files, before and after an amplifier, as training data.

The modules, each with one idea: ``audio`` reads and writes files, ``config`` says what an entry of the data
config may hold, ``span`` which samples of both files it selects, ``silence`` that the input is silent before
them, ``dataset`` serves them, ``looks`` finds what is wrong with them, ``joint`` levels several datasets
together, ``latency`` finds the delay between two recordings.
"""
