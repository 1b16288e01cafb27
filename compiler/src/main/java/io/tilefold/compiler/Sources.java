package io.tilefold.compiler;

import io.tilefold.core.definition.Names;
import io.tilefold.core.definition.Source;

/** What a source is called in files, and which table batch reads for it. */
final class Sources {
    private Sources() {}

    /** Path of a source's body below the field it stands in: {@code "sources[0].events"}. */
    static String path(String field, Source source) {
        return field + "." + kind(source);
    }

    static String kind(Source source) {
        if (source instanceof Source.Events) {
            return "events";
        }
        return source instanceof Source.Entities ? "entities" : "join";
    }

    /** Field of the body that names its table. */
    static String tableField(Source source) {
        if (source instanceof Source.Events) {
            return "table";
        }
        return source instanceof Source.Entities ? "snapshotTable" : "join";
    }

    /** The table batch reads; for a join its output table. */
    static String table(Source source) {
        if (source instanceof Source.Events events) {
            return events.table();
        }
        return source instanceof Source.Entities entities
                ? entities.snapshotTable()
                : Names.clean(((Source.JoinOutput) source).join());
    }

    static boolean hasMutations(Source source) {
        return source instanceof Source.Entities entities
                && (entities.mutationTable().isPresent()
                        || entities.mutationTopic().isPresent());
    }
}
