# A rule that is nearly one.
exhibit controls a.exhibit --rule AP-99
