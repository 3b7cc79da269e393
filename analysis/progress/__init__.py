"""How projects stand: earned value, curves, forecasts, signs that something is wrong; pure."""
