package io.tilefold.cli.replay;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Source;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The join that is replayed, and what it needs.
 *
 * @param catalog what is served: the join, the joins that are asked for its parts, the GroupBys of all
 * @param chain what its tables are computed from
 * @param uncompared outputs that cannot be compared, each with the reason
 * @param notes where serving and training set may differ by their definitions
 */
record ReplayedJoin(
        CompiledJoin join, Catalog catalog, Chain chain, Map<String, String> uncompared, List<String> notes) {

    /** @throws IllegalArgumentException if there is no such join, or it is not served */
    static ReplayedJoin of(Catalog all, String name) {
        CompiledJoin join = all.join(name)
                .orElseThrow(() -> new IllegalArgumentException("--join " + name + ": there is no such join; there are "
                        + all.joins().stream().map(CompiledJoin::name).collect(Collectors.joining(", "))));
        if (!join.definition().online()) {
            throw new IllegalArgumentException(
                    "join " + name + " is not online: nothing is served that could be compared; set online: true");
        }
        Chain chain = new Chain(all, join);
        Catalog served = chain.served();
        return new ReplayedJoin(join, served, chain, Uncompared.of(served, join), ChainNotes.of(served, join.name()));
    }

    String name() {
        return join.name();
    }

    /** The topics that feed it. */
    Set<String> topics() {
        return catalog.groupBys().stream()
                .filter(groupBy -> groupBy.definition().accuracy() == Accuracy.TEMPORAL)
                .flatMap(groupBy -> groupBy.definition().sources().stream())
                .map(Source::streamTopic)
                .flatMap(Optional::stream)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
