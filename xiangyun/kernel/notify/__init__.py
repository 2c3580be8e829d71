"""What people are told, through which channel, and whether it reached them."""
