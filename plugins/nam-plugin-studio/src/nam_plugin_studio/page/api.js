// Ask the studio. What it refuses is an error with its sentence.

async function answered(response) {
  if (response.ok) return response;
  let sentence = "";
  try {
    sentence = (await response.json()).error;
  } catch {
    sentence = "";
  }
  if (response.status === 403)
    sentence = "This window is not known to the studio any more; open the address that it printed.";
  throw new Error(sentence || `the studio answered ${response.status}`);
}

async function asked(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Error("The studio does not answer. Is it still running? A training goes on without it.");
  }
  return answered(response);
}

export async function get(path) {
  return (await asked(path)).json();
}

export async function text(path) {
  return (await asked(path)).text();
}

export async function bytes(path) {
  return (await asked(path)).arrayBuffer();
}

export async function send(method, path, content = {}) {
  const headers = { "Content-Type": "application/json" };
  return (await asked(path, { method, headers, body: JSON.stringify(content) })).json();
}

export async function download(path) {
  const response = await asked(path);
  const told = response.headers.get("Content-Disposition") || "";
  const coded = /filename\*=utf-8''([^;]+)/i.exec(told);
  const plain = /filename="([^"]+)"/.exec(told);
  const name = coded ? decodeURIComponent(coded[1]) : plain ? plain[1] : "model";
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
  return name;
}

// Send a recording; XMLHttpRequest, since it tells how much is sent.
export function upload(path, file, most, progressed) {
  if (file.size > most) {
    const limit = Math.round(most / 2 ** 20);
    return Promise.reject(
      new Error(`${file.name} is larger than ${limit} MB; cut it, or export it as mono in 24 bits`),
    );
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${path}?name=${encodeURIComponent(file.name)}`);
    request.upload.onprogress = (event) => event.lengthComputable && progressed(event.loaded / event.total);
    request.onerror = () => reject(new Error(`${file.name} did not arrive; is the studio still running?`));
    request.onload = () => {
      let told = {};
      try {
        told = JSON.parse(request.responseText);
      } catch {
        told = {};
      }
      if (request.status < 300) resolve(told);
      else reject(new Error(told.error || `the studio answered ${request.status}`));
    };
    request.send(file);
  });
}
