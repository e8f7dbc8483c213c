"""Numbers: arrays in, arrays and records out. No pandas, no files, no plotting."""
