"""Attachments: sealed per town, kept once however often they are sent, sent on from where a line broke."""
