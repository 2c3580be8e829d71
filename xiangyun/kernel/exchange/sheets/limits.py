"""How much one workbook may ask of this machine (safety brief, 11)."""

MIB = 1024 * 1024

MOST_BYTES = 50 * MIB
MOST_ROWS = 200_000
MOST_COLUMNS = 256
MOST_CELLS = 8_000_000
MOST_SHEETS = 60
MOST_ENTRIES = 2_000
MOST_UNPACKED = 600 * MIB

# A sheet of real rows shrinks ten- to sixtyfold; a bomb a thousandfold.
MOST_RATIO = 300
RATIO_COUNTS_FROM = 8 * MIB

# The child that reads: address space, seconds of processor, seconds on the wall.
CHILD_BYTES = 1536 * MIB
CHILD_CPU_S = 60
CHILD_WALL_S = 90

# What a survey shows of each sheet: enough for a title, a header of two lines and some rows of data.
SURVEYED_ROWS = 60
