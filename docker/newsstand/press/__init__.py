"""The newsstand's own workings: what the sites print, how they answer, what must become of it."""
