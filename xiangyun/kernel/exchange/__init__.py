"""Tables in and out: clerks' workbooks read, checked and taken in, lists sent out, forms filled from the register."""
