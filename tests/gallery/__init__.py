"""The gallery: every page of the site looked at, in pictures and by axe, from a list that no new page escapes."""
