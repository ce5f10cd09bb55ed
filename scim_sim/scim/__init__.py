"""What the RFCs say, as data and pure functions: no input, no output, no clock."""
