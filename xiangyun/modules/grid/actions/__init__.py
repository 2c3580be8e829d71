"""What people do on the grid platform: `from xiangyun.modules.grid.actions import reports`."""
