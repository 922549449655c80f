"""What sealed evidence says of a period: control by control, requirement by requirement."""
