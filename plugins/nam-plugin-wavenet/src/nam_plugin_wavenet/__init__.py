"""WaveNet as a plugin of nam-kernel; the net is ``nam_plugin_wavenet.net.WaveNet``."""
