package io.tilefold.compiler.yaml;

/** Where a definition or a configuration was written. */
public interface Location {
    String file();

    /** Line of a field, or of the nearest enclosing one that is written; counted from 1, 0 if there are no lines. */
    int line(String fieldPath);

    /** For what was built in Java: a name without lines. */
    static Location of(String file) {
        return new Location() {
            @Override
            public String file() {
                return file;
            }

            @Override
            public int line(String fieldPath) {
                return 0;
            }
        };
    }
}
