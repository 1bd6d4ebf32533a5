"""
The parts of a playing module: small, scriptable, written from the format of the ``.nam`` file.

Shapes: ``B`` batch, ``C`` channels, ``l`` samples of a block. Each part takes a block and the memory, which is one list
of tensors for the whole module, and returns as many samples. A part whose place in the list is empty has not begun: it
takes the first sample for the silence that has lasted since before the signal.
"""
