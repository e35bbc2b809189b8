# no archive: no rule is said to have found nothing
head -c 9000 /dev/zero >a.exhibit
exhibit controls a.exhibit
