package interop;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.hadoop.HadoopFileIO;
import org.apache.iceberg.hadoop.HadoopTables;

/** Finds the table of a request: {metadata} read only, {dir} a folder written through Hadoop's commits, {rest, table}. */
final class Tables {
  static final Configuration CONF = new Configuration();

  private Tables() {}

  static Table open(JsonNode request) {
    if (request.hasNonNull("metadata")) {
      HadoopFileIO io = new HadoopFileIO(CONF);
      return new BaseTable(new StaticTableOperations(request.get("metadata").asText(), io), "oracle");
    }
    if (request.hasNonNull("dir")) return new HadoopTables(CONF).load(request.get("dir").asText());
    return catalog(request).loadTable(TableIdentifier.parse(request.get("table").asText()));
  }

  static Catalog catalog(JsonNode request) {
    if (!request.hasNonNull("rest")) throw new IllegalArgumentException("Name a table by metadata, dir, or rest and table");
    Map<String, String> properties = new HashMap<>();
    properties.put("type", "rest");
    properties.put("uri", request.get("rest").asText());
    properties.put("io-impl", "org.apache.iceberg.hadoop.HadoopFileIO");
    request.path("properties").fields().forEachRemaining(e -> properties.put(e.getKey(), e.getValue().asText()));
    return CatalogUtil.buildIcebergCatalog("rest", properties, CONF);
  }
}
