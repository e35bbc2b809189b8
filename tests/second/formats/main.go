// Proofs of single records (formats/seal.md S-14) read and checked by the libraries of others:
// transparency-dev/formats, transparency-dev/merkle, golang.org/x/mod. Not part of the suite: it
// fetches three Go modules. tests/long.sh peer runs it.
//
// usage: tlogproof KEY.vkey FILE.tlog-proof...   status 1 if one of them is refused
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	verify "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
)

// A record's header, which is what its leaf is the hash of (R-2, S-1).
const header = 232

func check(path string, key note.Verifier) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var p proof.TLogProof
	if err := p.Unmarshal(text); err != nil {
		return err
	}
	if !bytes.Equal(p.Marshal(), text) {
		return fmt.Errorf("written again it has other bytes")
	}
	checkpoint, _, _, err := log.ParseCheckpoint(p.Checkpoint, key.Name(), key)
	if err != nil {
		return err
	}
	if len(p.ExtraData) < header {
		return fmt.Errorf("no record")
	}
	hashes := make([][]byte, len(p.Hashes))
	for i := range p.Hashes {
		hashes[i] = p.Hashes[i][:]
	}
	h := rfc6962.DefaultHasher
	leaf := h.HashLeaf(p.ExtraData[:header])
	return verify.VerifyInclusion(h, p.Index, checkpoint.Size, leaf, hashes, checkpoint.Hash)
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	key, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		panic(err)
	}
	status := 0
	for _, path := range os.Args[2:] {
		if err := check(path, key); err != nil {
			fmt.Println(path, err)
			status = 1
		}
	}
	os.Exit(status)
}
