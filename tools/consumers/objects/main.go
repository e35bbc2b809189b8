// What the Kubernetes API server would say of objects (formats/rebuild.md B-7, B-10), by its own
// code: the CRDs' structural schemas with pruning, validation, rules in CEL, and the metadata.
// usage: consumers-objects CRD-FOLDER FILE...   A file: YAML or JSON, one object or a List.
// Prints a line for each thing that is refused, and counts. Status 1: something was refused that
// the file does not say of itself (NOT VALID in a comment), or the other way round.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	apiservervalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

type kind struct {
	validator  apiservervalidation.SchemaValidator
	structural *structuralschema.Structural
	rules      *cel.Validator
}

func must(err error, what string) {
	if err != nil {
		fmt.Println(what+":", err)
		os.Exit(2)
	}
}

func load(folder string) map[string]kind {
	kinds := map[string]kind{}
	files, err := filepath.Glob(folder + "/*.yaml")
	must(err, folder)
	for _, f := range files {
		b, err := os.ReadFile(f)
		must(err, f)
		var crd v1.CustomResourceDefinition
		must(yaml.UnmarshalStrict(b, &crd), f)
		var in apiextensions.CustomResourceDefinition
		must(v1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&crd, &in, nil), f)
		for _, v := range in.Spec.Versions {
			s := v.Schema
			if s == nil {
				s = in.Spec.Validation
			}
			if s == nil || s.OpenAPIV3Schema == nil {
				continue
			}
			st, err := structuralschema.NewStructural(s.OpenAPIV3Schema)
			must(err, f)
			va, _, err := apiservervalidation.NewSchemaValidator(s.OpenAPIV3Schema)
			must(err, f)
			rules := cel.NewValidator(st, true, celconfig.PerCallLimit)
			kinds[in.Spec.Group+"/"+v.Name+" "+in.Spec.Names.Kind] = kind{va, st, rules}
		}
	}
	return kinds
}

// What is refused of one object, in the order of the API server: pruned fields first, which it
// drops without a word.
func judge(k kind, o map[string]interface{}) (refused, pruned []string) {
	u := unstructured.Unstructured{Object: runtime.DeepCopyJSON(o)}
	// a request names the namespace, where the object does not
	if u.GetNamespace() == "" {
		u.SetNamespace("default")
	}
	for _, e := range apivalidation.ValidateObjectMetaAccessor(&u, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata")) {
		refused = append(refused, e.Error())
	}
	opts := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	pruned = pruning.PruneWithOptions(u.Object, k.structural, true, opts)
	for _, e := range apiservervalidation.ValidateCustomResource(nil, u.Object, k.validator) {
		refused = append(refused, e.Error())
	}
	if k.rules != nil {
		errs, _ := k.rules.Validate(context.Background(), nil, k.structural, u.Object, nil, celconfig.RuntimeCELCostBudget)
		for _, e := range errs {
			refused = append(refused, e.Error())
		}
	}
	return
}

// The documents of a file, each with its comments: a List is one.
func documents(b []byte) [][]byte {
	return bytes.Split(b, []byte("\n---\n"))
}

func objects(doc []byte) (list []map[string]interface{}) {
	var o map[string]interface{}
	must(yaml.Unmarshal(doc, &o), "YAML")
	items, ok := o["items"].([]interface{})
	if !ok && o != nil {
		list = append(list, o)
	}
	for _, i := range items {
		list = append(list, i.(map[string]interface{}))
	}
	return
}

func main() {
	kinds := load(os.Args[1])
	n, unknown, refusals, surprises, drops := 0, 0, 0, 0, 0
	for _, f := range os.Args[2:] {
		b, err := os.ReadFile(f)
		must(err, f)
		for _, doc := range documents(b) {
			said := bytes.Contains(doc, []byte("NOT VALID"))
			for _, o := range objects(doc) {
				k, known := kinds[fmt.Sprint(o["apiVersion"], " ", o["kind"])]
				if !known {
					unknown++
					continue
				}
				n++
				refused, pruned := judge(k, o)
				drops += len(pruned)
				for _, p := range pruned {
					fmt.Printf("%s: %v: dropped: %s\n", f, o["kind"], p)
				}
				for _, r := range refused {
					fmt.Printf("%s: %v: refused: %s\n", f, o["kind"], r)
				}
				if len(refused) > 0 {
					refusals++
				}
				if said != (len(refused) > 0) {
					surprises++
					fmt.Printf("%s: %v: it says NOT VALID: %v, and is refused: %v\n", f, o["kind"], said, !said)
				}
			}
		}
	}
	fmt.Printf("%d objects, %d of kinds that no CRD here is of; %d refused, %d fields dropped, %d say otherwise\n",
		n, unknown, refusals, drops, surprises)
	if surprises > 0 {
		os.Exit(1)
	}
}
