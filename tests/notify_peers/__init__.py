"""Pretend gateways that speak the real thing on loopback: SMS and calls over HTTP, mail over SMTP."""
