"""Text in, `Revision` out: the only room that knows LibCST and the SQL parsers."""
