"""The JSON of AIDA-X, aidadsp-lv2 and other hosts of RTNeural: one LSTM, with up to two knobs."""
