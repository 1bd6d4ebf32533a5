"""
The parts of a net: each takes its weights from the document once, and adds itself to any number of graphs.

Shapes: ``B`` batch, ``C`` channels, ``l`` samples. A part takes the name of a signal in a graph, and returns that of
another, as long.
"""
