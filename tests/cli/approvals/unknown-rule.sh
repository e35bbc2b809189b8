# A rule that is nearly one.
status=0
exhibit controls a.exhibit --rule AP-99 2>words || status=$?
cut -c1-60 words
exit $status
