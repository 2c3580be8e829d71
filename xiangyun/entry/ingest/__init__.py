"""The doors records come in by: HTTP (`python -m … http <socket>`) and MQTT (`python -m … mqtt`).

Both hand bodies to `store.carry_out`: one transaction for all that wait, acknowledged after the commit.
"""
