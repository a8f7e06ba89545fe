/** How to call a service from elsewhere. Pure. The key is named, never written: it is read from the environment. */

export interface Snippet {
  readonly language: string;
  readonly text: string;
}

/** The variable that holds the key. */
const KEY = 'SERVICE_KEY';

export function snippets(uri: string, keyed: boolean, body: string): readonly Snippet[] {
  return [
    { language: 'curl', text: curl(uri, keyed, body) },
    { language: 'Python', text: python(uri, keyed, body) },
    { language: 'JavaScript', text: javascript(uri, keyed, body) },
    { language: 'C#', text: csharp(uri, keyed, body) },
    { language: 'Go', text: go(uri, keyed, body) },
    { language: 'Java', text: java(uri, keyed, body) }
  ];
}

function shellQuoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

function curl(uri: string, keyed: boolean, body: string): string {
  return [
    `curl ${shellQuoted(uri)} \\`,
    ...(keyed ? [`  -H "Authorization: Bearer $${KEY}" \\`] : []),
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuoted(body)}`
  ].join('\n');
}

function python(uri: string, keyed: boolean, body: string): string {
  const quoted = JSON.stringify(body);
  return `import json, os
from urllib.request import Request, urlopen

request = Request(
    ${JSON.stringify(uri)},
    data=${quoted}.encode(),
    headers={"Content-Type": "application/json"${keyed ? `, "Authorization": "Bearer " + os.environ["${KEY}"]` : ''}},
)
with urlopen(request) as response:
    print(json.load(response))
`;
}

function javascript(uri: string, keyed: boolean, body: string): string {
  const key = keyed ? `, Authorization: \`Bearer \${process.env.${KEY}}\`` : '';
  return `const response = await fetch(${JSON.stringify(uri)}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json'${key} },
  body: ${JSON.stringify(body)}
});
console.log(response.status, await response.json());
`;
}

function csharp(uri: string, keyed: boolean, body: string): string {
  const key = keyed
    ? `client.DefaultRequestHeaders.Authorization =
    new("Bearer", Environment.GetEnvironmentVariable("${KEY}"));
`
    : '';
  return `using System.Net.Http;
using System.Text;

using var client = new HttpClient();
${key}var body = new StringContent(${JSON.stringify(body)}, Encoding.UTF8, "application/json");
var response = await client.PostAsync(${JSON.stringify(uri)}, body);
Console.WriteLine(await response.Content.ReadAsStringAsync());
`;
}

function go(uri: string, keyed: boolean, body: string): string {
  const key = keyed ? `\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("${KEY}"))\n` : '';
  return `package main

import (
\t"fmt"
\t"io"
\t"net/http"
${keyed ? '\t"os"\n' : ''}\t"strings"
)

func main() {
\trequest, _ := http.NewRequest("POST", ${JSON.stringify(uri)}, strings.NewReader(${JSON.stringify(body)}))
\trequest.Header.Set("Content-Type", "application/json")
${key}\tresponse, err := http.DefaultClient.Do(request)
\tif err != nil {
\t\tpanic(err)
\t}
\tdefer response.Body.Close()
\tanswer, _ := io.ReadAll(response.Body)
\tfmt.Println(response.Status, string(answer))
}
`;
}

function java(uri: string, keyed: boolean, body: string): string {
  const key = keyed ? `\n            .header("Authorization", "Bearer " + System.getenv("${KEY}"))` : '';
  return `import java.net.URI;
import java.net.http.*;

class Call {
    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(${JSON.stringify(uri)}))
            .header("Content-Type", "application/json")${key}
            .POST(HttpRequest.BodyPublishers.ofString(${JSON.stringify(body)}))
            .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode() + " " + answer.body());
    }
}
`;
}
