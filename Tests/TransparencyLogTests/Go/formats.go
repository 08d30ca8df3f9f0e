//go:build formats

package main

import (
	"crypto/rand"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

func cosignatureVerifier(key string) note.Verifier { return must(formats.NewVerifierForCosignatureV1(key)) }

// Adds a cosignature to the checkpoint, as witnesses that are written in Go do.
func cosign(checkpoint *note.Note) {
	secret, public, err := note.GenerateKey(rand.Reader, "go-witness.example")
	check(err)
	signer := must(formats.NewSignerForCosignatureV1(secret))
	write("go-witness.vkey", must(formats.VKeyToCosignatureV1(public)))
	write("go.cosigned", string(must(note.Sign(&note.Note{Text: checkpoint.Text, Sigs: checkpoint.Sigs}, signer))))
}
