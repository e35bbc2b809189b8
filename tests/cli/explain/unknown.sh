# A finding that is none.
exhibit explain Z99
