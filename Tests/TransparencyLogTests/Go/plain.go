//go:build !formats

package main

import "golang.org/x/mod/sumdb/note"

// The Go team's own package knows no cosignatures: their lines are those of an unknown key.
func cosignatureVerifier(string) note.Verifier { return nil }

func cosign(*note.Note) {}
