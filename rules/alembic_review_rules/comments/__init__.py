"""The comments that allow a finding."""
