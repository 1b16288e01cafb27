package io.tilefold.serving;

import io.tilefold.proto.serving.v1.AnswerSchema;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Schemas by id: those that answers of this node have had, the newest so many. Thread safe. */
final class SchemaMemory {
    private static final int KEPT = 10_000;

    private final Map<String, AnswerSchema> schemas = new LinkedHashMap<>();

    /** Takes in what a new catalog answers with. */
    synchronized void add(Targets targets) {
        Stream.concat(targets.joins().served().values().stream(), targets.groupBys().served().values().stream())
                .forEach(target -> {
                    schemas.remove(target.schemaId());
                    schemas.put(target.schemaId(), target.schema());
                });
        while (schemas.size() > KEPT) {
            schemas.remove(schemas.keySet().iterator().next());
        }
    }

    /** @throws io.grpc.StatusRuntimeException NOT_FOUND */
    synchronized AnswerSchema get(String id) {
        AnswerSchema schema = schemas.get(id);
        if (schema == null) {
            throw Errors.noSuchSchema("no schema has the id \"" + id + "\"");
        }
        return schema;
    }
}
