# A finding that is none: the nearest is named.
status=0
exhibit explain Z99 2>words || status=$?
cut -c1-60 words
exit $status
