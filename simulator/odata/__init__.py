"""OData as Microsoft Graph speaks it: `filters` understands `$filter`, `options` the query, `tokens` the links."""
