"""Pretend devices and replayable days; they talk only through the public doors, MQTT and HTTP."""
