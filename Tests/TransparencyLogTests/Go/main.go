// Reads a log that our writer made with the Go team's own packages, and writes notes for our reader.
//
// In the folder that is its argument: `log.vkey`, `log.skey`, `witness.vkey`, `checkpoint`, `older`, `tile/…`, `proofs/`,
// `consistency`. It writes `go.vkey`, `go.skey`, `go.note`, and where it can cosign `go-witness.vkey` and `go.cosigned`.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var folder string

func must[Value any](value Value, err error) Value {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func demand(isTrue bool, what string) {
	if !isTrue {
		check(fmt.Errorf("not so: %s", what))
	}
}

func read(name string) []byte { return must(os.ReadFile(filepath.Join(folder, name))) }
func word(name string) string { return strings.TrimSuffix(string(read(name)), "\n") }
func write(name, text string) { check(os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600)) }

type tiles struct{}

func (tiles) Height() int                        { return 8 }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// C2SP's paths are those of the checksum database without the height, which is always 8.
func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(folder, "tile", strings.TrimPrefix(tile.Path(), "tile/8/")))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func open(name string, verifiers ...note.Verifier) (tlog.Tree, *note.Note) {
	opened := must(note.Open(read(name), note.VerifierList(verifiers...)))
	lines := strings.Split(opened.Text, "\n")
	demand(len(lines) == 4 && lines[0] == verifiers[0].Name(), name+" is a checkpoint")
	return tlog.Tree{N: must(strconv.ParseInt(lines[1], 10, 64)), Hash: must(tlog.ParseHash(lines[2]))}, opened
}

func entry(index int64) []byte {
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	name := strings.TrimPrefix(tile.Path(), "tile/8/0/")
	data, err := os.ReadFile(filepath.Join(folder, "tile/entries", name))
	if err != nil {
		matches := must(filepath.Glob(filepath.Join(folder, "tile/entries", name+".p", "*")))
		demand(len(matches) > 0, "there is a bundle "+name)
		data = must(os.ReadFile(matches[len(matches)-1]))
	}
	for skip := index % 256; ; skip-- {
		length := int(data[0])<<8 | int(data[1])
		if skip == 0 {
			return data[2 : 2+length]
		}
		data = data[2+length:]
	}
}

func main() {
	folder = os.Args[1]
	log := must(note.NewVerifier(word("log.vkey")))
	verifiers := []note.Verifier{log}
	witness := cosignatureVerifier(word("witness.vkey"))
	if witness != nil {
		verifiers = append(verifiers, witness)
	}
	tree, opened := open("checkpoint", verifiers...)
	demand(len(opened.Sigs) == len(verifiers), "every known key signed the checkpoint")
	older, _ := open("older", log)

	reader := tlog.TileHashReader(tree, tiles{})
	demand(must(tlog.TreeHash(tree.N, reader)) == tree.Hash, "the tiles have the checkpoint's root")
	demand(must(tlog.TreeHash(older.N, reader)) == older.Hash, "the older root is in the tiles")

	consistency := must(tlog.ProveTree(tree.N, older.N, reader))
	check(tlog.CheckTree(consistency, tree.N, tree.Hash, older.N, older.Hash))
	var text bytes.Buffer
	for _, hash := range consistency {
		fmt.Fprintln(&text, hash)
	}
	demand(text.String() == string(read("consistency")), "both prove consistency with the same hashes")

	proofs := must(filepath.Glob(filepath.Join(folder, "proofs", "*.tlog-proof")))
	for _, file := range proofs {
		head, checkpoint, _ := strings.Cut(string(must(os.ReadFile(file))), "\n\n")
		demand(checkpoint == string(read("checkpoint")), "the proof ends with the checkpoint")
		lines := strings.Split(head, "\n")
		demand(lines[0] == "c2sp.org/tlog-proof@v1", "the proof has its head")
		extra := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra ")))
		index := must(strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64))
		var proof tlog.RecordProof
		for _, line := range lines[3:] {
			proof = append(proof, must(tlog.ParseHash(line)))
		}
		demand(bytes.Equal(extra, entry(index)), "the proof's entry is the bundle's")
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(extra)))
		own := must(tlog.ProveRecord(tree.N, index, reader))
		demand(fmt.Sprint(own) == fmt.Sprint(proof), "both prove inclusion with the same hashes")
	}

	// Our secret key signs here as there.
	ours := must(note.NewSigner(word("log.skey")))
	again := must(note.Sign(&note.Note{Text: opened.Text}, ours))
	demand(bytes.HasPrefix(read("checkpoint"), again), "both sign with the same bytes")

	secret, public, err := note.GenerateKey(rand.Reader, "go.example/müller")
	check(err)
	write("go.skey", secret+"\n")
	write("go.vkey", public)
	text.Reset()
	fmt.Fprintf(&text, "a note\n\nfrom Go\n")
	write("go.note", string(must(note.Sign(&note.Note{Text: text.String()}, must(note.NewSigner(secret)), ours))))
	cosign(opened)
	fmt.Printf("read: %d entries, %d proofs, cosignatures: %v\n", tree.N, len(proofs), witness != nil)
}
