# A verb that is nearly one.
exhibit verfy a.exhibit
