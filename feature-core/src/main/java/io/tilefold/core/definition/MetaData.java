package io.tilefold.core.definition;

import java.util.List;

/** What people want to know of a definition. No part of its identity. */
public record MetaData(String team, String description, List<String> tags) {
    public static final MetaData NONE = new MetaData("", "", List.of());

    public MetaData {
        tags = List.copyOf(tags);
    }
}
