/* The custom resource definitions beside rebuilt objects, as far as readers of a must-gather need
 * them. */
#include "rebuild/crd.h"

#include <string.h>

/* What readers such as omc show of a kind, as its CRD declares it; older objects lack the groups
 * within status (B-9). */
static const struct {
	const char *kind, *name, *path, *flat, *type;
} printed[] = { { "RemediationRequest", "Phase", ".status.overallPhase", NULL, "string" },
	{ "RemediationRequest", "Outcome", ".status.completionStatus.outcome", ".status.outcome",
	    "string" },
	{ "RemediationRequest", "Alert", ".spec.signalName", NULL, "string" },
	{ "RemediationRequest", "Workflow", ".status.workflowSelection.workflowDisplayName",
	    ".status.workflowDisplayName", "string" },
	{ "RemediationRequest", "Age", ".metadata.creationTimestamp", NULL, "date" },
	{ "RemediationApprovalRequest", "AIAnalysis", ".spec.aiAnalysisRef.name", NULL, "string" },
	{ "RemediationApprovalRequest", "Confidence", ".spec.confidence", NULL, "number" },
	{ "RemediationApprovalRequest", "Decision", ".status.decision", NULL, "string" } };

static void
put_columns(struct buf *b, const char *kind, bool nested)
{
	bool any = false;

	for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
		if (strcmp(printed[i].kind, kind))
			continue;
		if (!any)
			buf_str(b, "    additionalPrinterColumns:\n");
		any = true;
		buf_printf(b, "    - jsonPath: %s\n      name: %s\n      type: %s\n",
		    nested || printed[i].flat == NULL ? printed[i].path : printed[i].flat,
		    printed[i].name, printed[i].type);
	}
}

void
crd_put(struct buf *b, const char *kind, const char *plural, bool nested)
{
	const char *whole = kind;

	buf_printf(b,
	    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  "
	    "name: %s." CRD_GROUP "\nspec:\n  group: " CRD_GROUP "\n  names:\n    kind: %s\n    "
								 "listKind: "
	    "%sList\n"
	    "    plural: %s\n",
	    plural, kind, kind, plural);
	if (strcmp(kind, "RemediationRequest") == 0 ||
	    strcmp(kind, "RemediationApprovalRequest") == 0)
		buf_printf(b, "    shortNames:\n    - %s\n",
		    strcmp(kind, "RemediationRequest") ? "rar" : "rr");
	buf_str(b, "    singular: ");
	for (; *kind; kind++)
		buf_byte(
		    b, (unsigned char)(*kind >= 'A' && *kind <= 'Z' ? *kind + ('a' - 'A') : *kind));
	buf_str(b,
	    "\n  scope: Namespaced\n  versions:\n  - name: v1alpha1\n    served: true\n    "
	    "storage: true\n");
	put_columns(b, whole, nested);
}
