package io.tilefold.serving;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The outputs that a request asks for, and what must be read and computed for them. Immutable, shared by threads.
 *
 * @param parts those with an output that is needed, in the target's order
 * @param keySets indexes of the sets of keys that they need
 * @param externals external parts that are asked
 * @param derived indexes of the derived columns that are computed, ascending
 * @param columns outputs of the target in the answer's order
 */
record Selection(List<PartSelection> parts, int[] keySets, List<ExternalPlan> externals, int[] derived, int[] columns) {
    private static final int MAX_SHOWN = 10;

    /**
     * @param part index in the target
     * @param outputs of the part that are computed, ascending
     */
    record PartSelection(int part, int[] outputs) {}

    static Selection all(TargetPlan target) {
        return of(target, IntStream.range(0, target.outputs().size()).toArray(), true);
    }

    /** @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT naming the feature */
    static Selection of(TargetPlan target, List<String> features) {
        int[] columns = new int[features.size()];
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < columns.length; i++) {
            String feature = features.get(i);
            columns[i] = target.outputNamed(feature);
            if (columns[i] < 0) {
                throw Errors.invalid(
                        "FEATURE_UNKNOWN",
                        "features[" + i + "]",
                        "\"" + feature + "\" is no feature of " + target.name(),
                        "its features are " + shown(target) + "; DescribeTarget lists them");
            }
            if (!seen.add(feature)) {
                throw Errors.invalid(
                        "FEATURE_REPEATED",
                        "features[" + i + "]",
                        "feature " + feature + " is asked for twice",
                        "name each feature once");
            }
        }
        return of(target, columns, false);
    }

    /** Names of some features: a target may have thousands. */
    private static String shown(TargetPlan target) {
        String first = String.join(
                ", ",
                target.outputs().stream()
                        .limit(MAX_SHOWN)
                        .map(TargetOutput::name)
                        .toList());
        int more = target.outputs().size() - MAX_SHOWN;
        return more > 0 ? first + " and " + more + " more" : first;
    }

    private static Selection of(TargetPlan target, int[] columns, boolean everyPart) {
        Set<Cell> needed = new HashSet<>();
        Arrays.stream(columns)
                .forEach(column -> need(target.outputs().get(column).cell(), target, needed));
        List<PartSelection> parts = target.parts().stream()
                .map(part -> new PartSelection(part.index(), outputsOf(part.index(), needed)))
                .filter(part -> everyPart || part.outputs().length > 0)
                .toList();
        int[] keySets = parts.stream()
                .mapToInt(part -> target.parts().get(part.part()).keySet())
                .distinct()
                .toArray();
        int[] derived = needed.stream()
                .filter(cell -> cell.kind() == Cell.Kind.DERIVED)
                .mapToInt(Cell::index)
                .sorted()
                .toArray();
        List<ExternalPlan> externals = target.externals().stream()
                .filter(plan -> everyPart || needed.stream().anyMatch(cell -> isOf(cell, plan, target)))
                .toList();
        return new Selection(parts, keySets, externals, derived, columns);
    }

    private static void need(Cell cell, TargetPlan target, Set<Cell> needed) {
        if (needed.add(cell) && cell.kind() == Cell.Kind.DERIVED) {
            for (DerivedColumn.Input input : target.derived().get(cell.index()).inputs()) {
                if (input instanceof DerivedColumn.OfCell read) {
                    need(read.cell(), target, needed);
                }
            }
        }
    }

    private static boolean isOf(Cell cell, ExternalPlan plan, TargetPlan target) {
        return cell.kind() == Cell.Kind.EXTERNAL
                && target.externals().get(cell.part()).index() == plan.index();
    }

    private static int[] outputsOf(int part, Set<Cell> needed) {
        TreeSet<Integer> outputs = new TreeSet<>();
        for (Cell cell : needed) {
            if (cell.kind() == Cell.Kind.PART && cell.part() == part) {
                outputs.add(cell.index());
            }
        }
        return outputs.stream().mapToInt(Integer::intValue).toArray();
    }

    /** True if something is computed by Spark SQL, which is not done on an event loop. */
    boolean isDerived() {
        return derived.length > 0;
    }

    /** True if external sources are asked. */
    boolean isExternal() {
        return !externals.isEmpty();
    }
}
