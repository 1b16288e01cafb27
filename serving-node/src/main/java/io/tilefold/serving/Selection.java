package io.tilefold.serving;

import io.tilefold.serving.TargetPlan.OutputIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The outputs that a request asks for, by part and in the answer's order. Immutable, shared by threads.
 *
 * @param parts those with an output asked for, in the target's order
 * @param keySets indexes of the sets of keys that they need
 * @param columns in the answer's order
 */
record Selection(List<PartSelection> parts, int[] keySets, List<OutputIndex> columns) {
    private static final int MAX_SHOWN = 10;

    /**
     * @param part index in the target
     * @param outputs of the part that are computed, ascending
     */
    record PartSelection(int part, int[] outputs) {}

    static Selection all(TargetPlan target) {
        List<OutputIndex> columns = new ArrayList<>();
        for (PartPlan part : target.parts()) {
            for (int i = 0; i < part.outputs().size(); i++) {
                columns.add(new OutputIndex(part.index(), i));
            }
        }
        return of(target, columns, true);
    }

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the feature */
    static Selection of(TargetPlan target, List<String> features) {
        Map<String, OutputIndex> outputs = target.outputs();
        List<OutputIndex> columns = new ArrayList<>();
        for (int i = 0; i < features.size(); i++) {
            String feature = features.get(i);
            OutputIndex output = outputs.get(feature);
            if (output == null) {
                throw Errors.invalid(
                        "FEATURE_UNKNOWN",
                        "features[" + i + "]",
                        "\"" + feature + "\" is no feature of " + target.name(),
                        "its features are " + shown(target) + "; DescribeTarget lists them");
            }
            if (features.indexOf(feature) < i) {
                throw Errors.invalid(
                        "FEATURE_REPEATED",
                        "features[" + i + "]",
                        "feature " + feature + " is asked for twice",
                        "name each feature once");
            }
            columns.add(output);
        }
        return of(target, columns, false);
    }

    /** Names of some features: a target may have thousands. */
    private static String shown(TargetPlan target) {
        String first = String.join(
                ", ",
                target.schema().getOutputs().getFieldsList().stream()
                        .limit(MAX_SHOWN)
                        .map(field -> field.getName())
                        .toList());
        int more = target.outputs().size() - MAX_SHOWN;
        return more > 0 ? first + " and " + more + " more" : first;
    }

    private static Selection of(TargetPlan target, List<OutputIndex> columns, boolean everyPart) {
        List<PartSelection> parts = new ArrayList<>();
        for (PartPlan part : target.parts()) {
            int[] outputs = columns.stream()
                    .filter(column -> column.part() == part.index())
                    .mapToInt(OutputIndex::output)
                    .sorted()
                    .toArray();
            if (everyPart || outputs.length > 0) {
                parts.add(new PartSelection(part.index(), outputs));
            }
        }
        int[] keySets = parts.stream()
                .mapToInt(part -> target.parts().get(part.part()).keySet())
                .distinct()
                .toArray();
        return new Selection(List.copyOf(parts), keySets, List.copyOf(columns));
    }
}
