package io.tilefold.cli.replay;

import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.Source;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The join that is replayed, and the GroupBys it needs.
 *
 * @param catalog the join and its GroupBys alone
 */
record ReplayedJoin(CompiledJoin join, Catalog catalog) {

    /** @throws IllegalArgumentException if there is no such join, or it is not served */
    static ReplayedJoin of(Catalog all, String name) {
        CompiledJoin join = all.join(name)
                .orElseThrow(() -> new IllegalArgumentException("--join " + name + ": there is no such join; there are "
                        + all.joins().stream().map(CompiledJoin::name).collect(Collectors.joining(", "))));
        if (!join.definition().online()) {
            throw new IllegalArgumentException(
                    "join " + name + " is not online: nothing is served that could be compared; set online: true");
        }
        for (Join.ExternalPart part : join.definition().externalParts()) {
            if (part.offlineGroupBy().isPresent()) {
                throw new IllegalArgumentException("join " + name + ", external part " + part.name()
                        + ": a replay asks no other service, so what stands for its values offline ("
                        + part.offlineGroupBy().get() + ") cannot be compared; replay a join without offlineGroupBy");
            }
        }
        Set<String> names = new TreeSet<>(
                join.definition().parts().stream().map(JoinPart::groupBy).toList());
        List<CompiledGroupBy> groupBys = all.groupBys().stream()
                .filter(groupBy -> names.contains(groupBy.name()))
                .toList();
        groupBys.forEach(groupBy -> checkSources(name, groupBy));
        return new ReplayedJoin(join, new Catalog(groupBys, List.of(join), List.of()));
    }

    private static void checkSources(String name, CompiledGroupBy groupBy) {
        for (Source source : groupBy.definition().sources()) {
            if (source instanceof Source.JoinOutput parent
                    && source.streamTopic().isPresent()) {
                throw new IllegalArgumentException("join " + name + ", part " + groupBy.name()
                        + ": it reads the output of join " + parent.join()
                        + ", which a replay would have to play and serve before it; replay join " + parent.join()
                        + ", and joins of GroupBys that read tables");
            }
        }
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
