"""The grid platform: what people report, quarrels that are mediated, homes that are visited."""
