# One record, with a proof that is checked without the archive.
seal a "$FIXTURES/lifecycles.sql"
exhibit prove a.exhibit --vkey "$VKEY" --id 31be80d4-bd04-4a14-8cbc-22a140521bb3 --out e.tlog-proof
rm a.exhibit
exhibit verify e.tlog-proof --vkey "$VKEY"
