"""Risk of bias: tools, tables of judgements, traffic lights and bars."""
