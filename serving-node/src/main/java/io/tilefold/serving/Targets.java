package io.tilefold.serving;

import io.tilefold.core.definition.DefinitionId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Everything that can be asked for under one catalog, and why the rest cannot. Immutable, shared by threads. */
final class Targets {
    private final Kind joins;
    private final Kind groupBys;
    private final boolean anyExternal;

    Targets(Kind joins, Kind groupBys) {
        this.joins = joins;
        this.groupBys = groupBys;
        this.anyExternal = joins.served().values().stream()
                .anyMatch(target -> !target.externals().isEmpty());
    }

    /**
     * Joins, or GroupBys, by name.
     *
     * @param word what one is called in messages
     * @param refused name to why it cannot be served
     */
    record Kind(String word, Map<String, TargetPlan> served, Map<String, String> refused) {
        Kind {
            served = inOrder(served);
            refused = inOrder(refused);
        }

        /** In the order of the names, and looked up by hash: each fetch does. */
        private static <V> Map<String, V> inOrder(Map<String, V> byName) {
            return new LinkedHashMap<>(new TreeMap<>(byName));
        }

        /** @throws io.grpc.StatusRuntimeException NOT_FOUND or FAILED_PRECONDITION */
        TargetPlan get(String name, String field) {
            TargetPlan plan = served.get(name);
            if (plan != null) {
                return plan;
            }
            String reason = refused.get(name);
            if (reason != null) {
                throw Errors.notServable(field, word + " " + name + " is not served: " + reason);
            }
            throw Errors.noSuchTarget(field, "no " + word + " is named \"" + name + "\"", nearest(name));
        }

        private String nearest(String name) {
            if (served.isEmpty()) {
                return "the active catalog has no " + word + " that is online";
            }
            String shown = String.join(", ", served.keySet().stream().limit(5).toList());
            String rest = served.size() > 5 ? " and " + (served.size() - 5) + " more" : "";
            String caseless = served.keySet().stream()
                    .filter(name::equalsIgnoreCase)
                    .findFirst()
                    .map(match -> "did you mean " + match + "? ")
                    .orElse("");
            return caseless + "served are " + shown + rest;
        }
    }

    /**
     * What a request names.
     *
     * @throws io.grpc.StatusRuntimeException if it names nothing, or nothing that is served
     */
    TargetPlan get(@Nullable String join, @Nullable String groupBy) {
        if (join != null) {
            return joins.get(join, "join");
        }
        if (groupBy != null) {
            return groupBys.get(groupBy, "group_by");
        }
        throw Errors.invalid("TARGET_MISSING", "target", "neither join nor group_by is set", "set one of them");
    }

    /**
     * The one part of the GroupBy with this definition.
     *
     * @throws io.grpc.StatusRuntimeException NOT_FOUND
     */
    PartPlan groupByPart(DefinitionId id) {
        return groupBys.served().values().stream()
                .map(target -> target.parts().get(0))
                .filter(part -> part.id().equals(id))
                .findFirst()
                .orElseThrow(() -> Errors.noSuchTarget(
                        "definition_id",
                        "no group-by of definition " + id.abbreviated() + " is served here",
                        "apply the same catalog to all shard groups"));
    }

    /** True if there is nothing to ask for. */
    boolean isEmpty() {
        return joins.served().isEmpty() && groupBys.served().isEmpty();
    }

    /** True if some target has parts that are asked of external sources. */
    boolean anyExternal() {
        return anyExternal;
    }

    Kind joins() {
        return joins;
    }

    Kind groupBys() {
        return groupBys;
    }

    /** Where the store was published without a catalog. */
    static Targets none() {
        return new Targets(new Kind("join", Map.of(), Map.of()), new Kind("group-by", Map.of(), Map.of()));
    }
}
