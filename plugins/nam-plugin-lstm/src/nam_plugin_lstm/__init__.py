"""The nets ``LSTM`` and ``CatLSTM``."""
