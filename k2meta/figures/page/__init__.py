"""Pages: text laid out, columns and feet; drawing, holding and saving them."""
